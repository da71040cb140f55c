using Winnow;
using Winnow.Policies;
using static TorchSharp.torch;

/// <summary>A loop of one's own: three places change. docs/torchsharp.md shows it letter for letter; a test compares the two.</summary>
internal static class Loop
{
    public static Pruner Train(utils.data.Dataset data, nn.Module<Tensor, Tensor> model, optim.Optimizer optimizer, Device device, int epochs)
    {
        // page: loop
        var pruner = new Pruner((int)data.Count, PolicyCatalog.Parse("infobatch:keep=0.5"), new() { Epochs = epochs, Seed = 1 });   // 1
        using var loader = utils.data.DataLoader(new Indexed(data), 128, new EpochShuffler(pruner), device, num_worker: 4);         // 2
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            foreach (var batch in loader)
            {
                using var scope = NewDisposeScope();
                var loss = nn.functional.cross_entropy(model.forward(batch["data"]), batch["label"], reduction: nn.Reduction.None);
                var ids = batch["index"].cpu().data<long>().ToArray();                                                           // 3
                var weights = new float[ids.Length];
                var sum = pruner.Current!.CopyWeights(ids, weights);
                pruner.Observe(ids, loss.detach().to(float32).cpu().data<float>().ToArray());
                optimizer.zero_grad();
                ((loss * tensor(weights, device: device)).sum() / sum).backward();
                optimizer.step();
            }
        }
        // page end
        return pruner;
    }

    // page: dataset
    // A data set whose items say which they are; TorchSharp's collating stacks the numbers like everything else.
    internal sealed class Indexed(utils.data.Dataset inner) : utils.data.Dataset
    {
        public override long Count => inner.Count;

        public override Dictionary<string, Tensor> GetTensor(long index)
        {
            var item = inner.GetTensor(index);
            item["index"] = tensor(index);
            return item;
        }
    }
    // page end
}
