"""What is offered or wanted, and who may see it. Knows money and the record, never trade."""
