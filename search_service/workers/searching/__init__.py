"""What a search worker answers with: request bytes → tree → hits → answer bytes."""
