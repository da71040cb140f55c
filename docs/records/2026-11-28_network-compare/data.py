"""The first 4,000 training and 2,000 test images of Fashion-MNIST as IDX files. python3 data.py FASHION-MNIST-FOLDER TO-FOLDER"""
import gzip, pathlib, sys
source, target = map(pathlib.Path, sys.argv[1:3])
target.mkdir()
for part, count in (("train", 4000), ("t10k", 2000)):
    for name, header, size in (("images-idx3", 16, 784), ("labels-idx1", 8, 1)):
        whole = gzip.open(source / f"{part}-{name}-ubyte.gz").read()
        (target / f"{part}-{name}-ubyte").write_bytes(whole[:4] + count.to_bytes(4, "big") + whole[8:header] + whole[header:header + count * size])
