"""Double-entry accounts and two-phase transfers, in fen; what they are for is the caller's business."""
