"""Pictures: from a graph to a diagram, from a diagram to a plan, from a plan to a scene, from a scene to a file."""
