"""`python -m api` is `phatnguoi`."""

from api.cli import main

main()
