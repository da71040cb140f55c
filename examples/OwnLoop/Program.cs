using Winnow.Torch;
using static TorchSharp.torch;

TorchRuntime.Load();   // before the first tensor
random.manual_seed(1);
using var model = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 3));
using var optimizer = optim.AdamW(model.parameters(), 0.01);

var pruner = Loop.Train(new Spirals(3000, seed: 1), model, optimizer, CPU, epochs: 20);

Console.WriteLine($"accuracy {Accuracy(model, new Spirals(1000, seed: 2)):P1}");
Console.WriteLine($"visited {pruner.Statistics.Planned} of {3000 * 20} samples, {pruner.Statistics.Saved:P1} saved");

static double Accuracy(nn.Module<Tensor, Tensor> model, Spirals test)
{
    using var scope = NewDisposeScope();
    using var silent = no_grad();
    var items = Enumerable.Range(0, (int)test.Count).Select(index => test.GetTensor(index)).ToList();
    var guess = model.call(stack(items.Select(item => item["data"]))).argmax(1);
    return guess.eq(stack(items.Select(item => item["label"]))).to(ScalarType.Float64).mean().item<double>();
}
