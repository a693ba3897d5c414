"""HTTP, web pages and the command line: shows and asks, decides nothing."""
