"""What the commands do, one module per kind; those of `rules` and `experiments` parse, too."""
