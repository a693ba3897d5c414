"""The role `head_look`: a small classifier that looks once more at every head that the heads detector has found."""
