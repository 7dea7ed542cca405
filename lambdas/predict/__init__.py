"""From rows to predict to rows that the model takes, with all that is wrong with them."""
