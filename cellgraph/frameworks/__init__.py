"""Real cells of real libraries, made with random weights and run for one step; each library is imported when asked for."""
