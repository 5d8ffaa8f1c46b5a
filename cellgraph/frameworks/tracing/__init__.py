"""One step of a user's own code as a traced program: one tracer for each library, imported when it is used."""
