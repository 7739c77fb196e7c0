"""The tools of the command `pageheat`: each module has HELP, add_arguments and run."""
