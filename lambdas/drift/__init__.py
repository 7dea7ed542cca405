"""How far the data of a file are from those that a model was trained on, column by column."""
