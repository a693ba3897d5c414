"""The lamp classifier: drawn and real heads → small network → training → calibrated ONNX."""
