"""OME-Zarr in one file: zip archives as RFC-9 describes them (``.ozx``), and ordinary ones with a Zarr in them."""
