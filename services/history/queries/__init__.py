"""What can be asked: one module for each kind of answer, with its SQL beside the shape that it returns.
Pure."""
