"""One module a parser: ``SEEDS`` gives inputs to start from, ``target`` takes bytes and says in a word what became of them."""
