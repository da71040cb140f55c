// Training throughput: Winnow's trainer, and a bare TorchSharp loop with the same tuning; the peers of bench/peers/train_throughput.py, same networks, same output.
//
// usage: Winnow.Throughput ENGINE MODEL PRECISION BATCH THREADS SECONDS [contiguous] [warm-up=SECONDS]
//   trainer    a run of infobatch with everything that belongs to it but evaluation: planning, gathering and mirroring batches, losses a sample, observing
//   loop       forward, cross entropy, backward, Nesterov SGD with weight decay over one batch that is there already
// Prints one JSON line. Samples per second of processor time are what to compare, with one thread, when the machine has other work.
using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using Winnow.Data;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Torch.Optimizers;
using Winnow.Training;
using Winnow.Training.Models;
using static TorchSharp.torch;

if (args.Length < 6 || args[0] is not ("trainer" or "loop"))
{
    Console.Error.WriteLine("usage: Winnow.Throughput trainer|loop MODEL PRECISION BATCH THREADS SECONDS [contiguous]");
    return 2;
}

var culture = CultureInfo.InvariantCulture;
var (engine, name, precision) = (args[0], args[1], args[2]);
var (batch, threads, seconds) = (int.Parse(args[3], culture), int.Parse(args[4], culture), double.Parse(args[5], culture));
var channelsLast = !args.AsSpan(6).Contains("contiguous");
TorchRuntime.Load();
TorchRuntime.Threads = threads;
// What comes first in a process is compiled and then compiled anew by what was seen, for a second or two; beside others the way to wait is tried for five. Runs last for minutes.
var warmUp = args[6..].Where(static each => each.StartsWith("warm-up=", StringComparison.Ordinal)).Select(each => double.Parse(each[8..], culture)).FirstOrDefault(2);
var (rate, cpuRate) = Loop(warmUp);
if (engine == "trainer")
{
    _ = Train((int)Math.Max(4 * batch, rate));
    (rate, cpuRate) = Train((int)Math.Max(4 * batch, rate * seconds / 2));
}
else
{
    (rate, cpuRate) = Loop(seconds);
}

var layout = channelsLast ? "channels_last" : "contiguous";
Console.WriteLine(string.Create(
    culture,
    $$"""{"engine": "{{engine}}", "torch": "{{TorchRuntime.Version}}", "model": "{{name}}", "precision": "{{precision}}", "batch": {{batch}}, "threads": {{threads}}, "layout": "{{layout}}", "samples_per_second": {{rate:F1}}, "samples_per_cpu_second": {{cpuRate:F1}}}"""));
return 0;

// Two epochs over as many noisy images as the speed lets through.
(double Wall, double Cpu) Train(int count)
{
    var pixels = new byte[count * 28 * 28];
    for (var i = 0; i < pixels.Length; i++)
    {
        pixels[i] = (byte)((i * 2654435761u) >> 24);
    }

    var set = SampleSet.FromBytes("noise", [1, 28, 28], pixels, Enumerable.Range(0, count).Select(static i => i * 7 % 10).ToArray(), classes: 10);
    var recipe = new TrainingRecipe
    {
        Model = name,
        Width = 16,
        Epochs = 2,
        BatchSize = batch,
        LearningRate = 0.01,
        Augmentation = Augmentation.Parse("flip"),
        Precision = precision == "bf16" ? Precision.Bf16 : Precision.Fp32,
        Layout = channelsLast ? MemoryLayout.ChannelsLast : MemoryLayout.Contiguous,
    };
    var trainer = recipe.CreateTrainer(new LoadedData(set, set.Take(1), "noise", Note: null), CPU);
    var before = Environment.CpuUsage.TotalTime;
    var outcome = trainer.Run(new TrainingRequest { Method = "infobatch" }, []);
    var spent = outcome.Seconds.Total - outcome.Seconds[Phase.Evaluate] - outcome.Seconds[Phase.Prepare];
    return (outcome.Visited / spent, outcome.Visited / (Environment.CpuUsage.TotalTime - before).TotalSeconds);
}

(double Wall, double Cpu) Loop(double duration)
{
    using var generator = manual_seed(0);
    using var model = ModelCatalog.Create(name, new ModelShape(1, 28, 28, 10), 16);
    using var scope = NewDisposeScope();
    var images = randn(batch, 1, 28, 28);
    var labels = TensorData.FromSpan<long>([.. Enumerable.Range(0, batch).Select(static i => (long)(i * 7 % 10))]);
    if (channelsLast)
    {
        model.ToChannelsLast();
        images = images.ToChannelsLast();
    }

    using var optimizer = new FusedSgd(model.parameters(), new SgdOptions { WeightDecay = 5e-4 });
    for (var i = 0; i < 3; i++)
    {
        Step();
    }

    var start = Stopwatch.GetTimestamp();
    var cpu = Environment.CpuUsage.TotalTime;
    var steps = 0;
    while (Stopwatch.GetElapsedTime(start).TotalSeconds < duration)
    {
        Step();
        steps++;
    }

    return (steps * batch / Stopwatch.GetElapsedTime(start).TotalSeconds, steps * batch / (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);

    void Step()
    {
        using var step = NewDisposeScope();
        Tensor logits;
        using (Autocast.Enter(DeviceType.CPU, precision == "bf16" ? ScalarType.BFloat16 : ScalarType.Float32))
        {
            logits = model.forward(images);
        }

        nn.functional.cross_entropy(logits.to(ScalarType.Float32), labels).backward();
        optimizer.Step(0.01);
        optimizer.ZeroGrad();
        TorchRuntime.EndStep();
    }
}
