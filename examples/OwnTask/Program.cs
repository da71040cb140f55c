using Winnow.Torch;
using Winnow.Training;
using static TorchSharp.torch;

TorchRuntime.Load();   // before the first tensor

var settings = new TrainingSettings { Epochs = 15, Optimizer = "adamw", LearningRate = 0.005 };
var trainer = new Trainer(new Denoising(train: 4000, test: 500), settings, CPU);

foreach (var method in new[] { "infobatch", "full" })
{
    var outcome = trainer.Run(new TrainingRequest { Method = method }, []);
    Console.WriteLine($"{method}: mse {outcome.Metrics.Value("mse"):F4}, {1 - ((double)outcome.Visited / outcome.FullVisits):P1} saved");
}
