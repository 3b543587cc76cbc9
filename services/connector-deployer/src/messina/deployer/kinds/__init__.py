"""One file for each kind of resource, with the same verbs: read, create, change, delete."""
