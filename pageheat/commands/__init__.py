"""The tools of the command `pageheat`, each a module with HELP, add_arguments and run."""
