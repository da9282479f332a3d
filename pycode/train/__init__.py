"""Fine-tuning: recipe, precision by hardware, batches, losses, the loop, LoRA and QLoRA."""
