// The number of live tensors is one for the process, and so are libtorch's seed and thread count: tests run one after another.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
