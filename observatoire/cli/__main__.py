"""`python -m observatoire.cli`: the same command line as `observatoire`."""

from observatoire.cli import main

main()
