"""The review room: server-rendered pages and the JSON API. It shows and asks; `evidence` decides and remembers."""
