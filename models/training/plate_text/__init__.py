"""The plate text network: made-up and real plates → network grown from PP-OCR's → training → calibrated ONNX."""
