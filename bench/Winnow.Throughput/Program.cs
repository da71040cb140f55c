// Training throughput of Winnow's engine: the peer of bench/peers/train_throughput.py, same networks, same settings, same output.
//
// usage: Winnow.Throughput MODEL PRECISION BATCH THREADS SECONDS [contiguous]
// Prints one JSON line with samples per second of full steps: forward, cross entropy, backward, Nesterov SGD with weight decay.
// Samples per second of processor time are what to compare, with one thread, when the machine has other work.
using System.Diagnostics;
using System.Globalization;
using Winnow.Torch;
using Winnow.Torch.Models;
using Winnow.Torch.Optimizers;

if (args.Length < 5)
{
    Console.Error.WriteLine("usage: Winnow.Throughput MODEL PRECISION BATCH THREADS SECONDS [contiguous]");
    return 2;
}

var culture = CultureInfo.InvariantCulture;
var (name, precision) = (args[0], args[1]);
var (batch, threads, seconds) = (int.Parse(args[2], culture), int.Parse(args[3], culture), double.Parse(args[4], culture));
var channelsLast = !args.AsSpan(5).Contains("contiguous");

TorchRuntime.Initialize(threads);
TorchRuntime.ManualSeed(0);
var device = Device.Cpu;
using var model = ModelCatalog.Create(name, new ModelShape(1, 28, 28, 10), 16);
using var data = new TensorScope();
var images = Ops.Empty([batch, 1, 28, 28]);
Ops.NormalInPlace(images, 0, 1);
var labels = Tensor.FromSpan<long>([.. Enumerable.Range(0, batch).Select(i => (long)(i * 7 % 10))]);
if (channelsLast)
{
    model.ChannelsLast();
    images = images.Contiguous(MemoryFormat.ChannelsLast);
}

using var optimizer = new FusedSgd(model.Parameters, new SgdOptions { WeightDecay = 5e-4 });
for (var i = 0; i < 3; i++)
{
    Step();
}

var start = Stopwatch.GetTimestamp();
var cpu = Environment.CpuUsage.TotalTime;
var steps = 0;
while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
{
    Step();
    steps++;
}

var rate = steps * batch / Stopwatch.GetElapsedTime(start).TotalSeconds;
var cpuRate = steps * batch / (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
var layout = channelsLast ? "channels_last" : "contiguous";
Console.WriteLine(string.Create(
    culture,
    $$"""{"engine": "winnow", "torch": "{{TorchRuntime.Version}}", "model": "{{name}}", "precision": "{{precision}}", "batch": {{batch}}, "threads": {{threads}}, "layout": "{{layout}}", "samples_per_second": {{rate:F1}}, "samples_per_cpu_second": {{cpuRate:F1}}}"""));
return 0;

void Step()
{
    using var step = new TensorScope();
    Tensor logits;
    using (new TensorScope())
    {
        using (Autocast.Enter(device, precision == "bf16" ? ScalarType.BFloat16 : ScalarType.Float32))
        {
            logits = model.Forward(images);
        }

        step.Adopt(logits);
    }

    Ops.CrossEntropy(logits.To(ScalarType.Float32), labels).Backward();
    optimizer.Step(0.01);
    optimizer.ZeroGrad();
}
