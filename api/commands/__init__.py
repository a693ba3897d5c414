"""The commands of `phatnguoi`, one file each."""
