"""One construct for each capability of the stack, with the rights of its functions beside it."""
