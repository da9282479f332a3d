"""Distillation: the loss, the teacher's stored targets, ensembles of seeds."""
