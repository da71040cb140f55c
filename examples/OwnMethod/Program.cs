using Winnow.Torch;
using Winnow.Training;
using static TorchSharp.torch.nn;

TorchRuntime.Load();   // before the first tensor

var trainer = Trainer.For(
    () => Sequential(Linear(2, 64), ReLU(), Linear(64, 64), ReLU(), Linear(64, 3)),
    new Spirals(3000, seed: 1),
    new Spirals(1000, seed: 2),
    settings: new TrainingSettings { Epochs = 20, Optimizer = "adamw", LearningRate = 0.01 });

var method = new EveryOther { Below = 0.1f };
var own = trainer.Run(new TrainingRequest { Method = method.ToString(), Policy = method }, []);
var full = trainer.Run(new TrainingRequest { Method = "full" }, []);

foreach (var outcome in new[] { own, full })
{
    Console.WriteLine($"{outcome.Method}: accuracy {outcome.Accuracy:P1}, {1 - ((double)outcome.Visited / outcome.FullVisits):P1} saved");
}
