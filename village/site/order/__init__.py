"""From what was read to the site of one moment: who is published, who stands under whom, in which order."""
