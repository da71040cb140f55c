using Winnow.Torch;
using Winnow.Training;
using static TorchSharp.torch;

TorchRuntime.Load();   // before the first tensor

var trainer = Trainer.For(
    module: () => new Classifier(),
    train: new Spirals(3000, seed: 1),
    test: new Spirals(1000, seed: 2),
    settings: new TrainingSettings { Epochs = 20, Optimizer = "adamw", LearningRate = 0.01 });

var outcome = trainer.Run(new TrainingRequest { Method = "infobatch:save=0.3" }, []);

Console.WriteLine($"accuracy {outcome.Accuracy:P1}");
Console.WriteLine($"visited {outcome.Visited} of {outcome.FullVisits} samples, {1 - ((double)outcome.Visited / outcome.FullVisits):P1} saved");

internal sealed class Classifier : nn.Module<Tensor, Tensor>
{
    private readonly nn.Module<Tensor, Tensor> _layers = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 3));

    public Classifier() : base(nameof(Classifier)) => RegisterComponents();

    public override Tensor forward(Tensor input) => _layers.call(input);
}
