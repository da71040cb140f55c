// Speed of what is done to networks: masked against dense training steps, tracing and cutting ResNet-50, milliseconds of cut networks against their multiplications.
//
// usage: Winnow.NetworkSpeed masked MODEL BATCH THREADS PAIRS LAYOUT
//          training steps of two like networks by turns, chunks of 20 steps of each, one with 90 % of its weights dropped as the trainer does it
//        Winnow.NetworkSpeed trace SIDE THREADS RUNS
//          trace, magnitude scores, half of the multiplications, cut with its proof, of ResNet-50 on an image of SIDE × SIDE
//        Winnow.NetworkSpeed cut MODEL BATCH THREADS SEEDS
//          milliseconds after / before over multiplications after / before at half, with widths as they come and rounded by the clock
// Prints JSON lines. Times are wall-clock by turns, since other programs run beside; but for "cut" the process's own processor time, too.
using System.Diagnostics;
using System.Globalization;
using Winnow.Networks.Shrinking;
using Winnow.Networks.Sparsity;
using Winnow.Networks.Tracing;
using Winnow.NetworkSpeed;
using Winnow.Torch;
using Winnow.Torch.Optimizers;
using Winnow.Training.Models;
using static TorchSharp.torch;

var culture = CultureInfo.InvariantCulture;
if (args.Length < 4)
{
    Console.Error.WriteLine("usage: Winnow.NetworkSpeed masked MODEL BATCH THREADS PAIRS contiguous|channels_last | trace SIDE THREADS RUNS | cut MODEL BATCH THREADS SEEDS");
    return 2;
}

TorchRuntime.Load();
switch (args[0])
{
    case "masked":
        Masked(args[1], Int(2), Int(3), Int(4), args[5] == "channels_last");
        return 0;
    case "trace":
        Trace(Int(1), Int(2), Int(3));
        return 0;
    default:
        Cut(args[1], Int(2), Int(3), Int(4));
        return 0;
}

int Int(int at) => int.Parse(args[at], culture);

void Masked(string model, int batch, int threads, int pairs, bool channelsLast)
{
    const int Chunk = 20;
    TorchRuntime.Threads = threads;
    random.manual_seed(1);
    using var drawn = randn(batch, 1, 28, 28);
    using var input = channelsLast ? drawn.ToChannelsLast() : drawn.alias();
    using var labels = randint(0, 10, [batch]);
    using var dense = new Stepped(model, channelsLast, input, labels, sparse: false);
    using var masked = new Stepped(model, channelsLast, input, labels, sparse: true);

    // A pair of the same kind shows what the method itself tells apart.
    using var control = new Stepped(model, channelsLast, input, labels, sparse: false);
    var (wall, cpu, none) = (new List<double>(), new List<double>(), new List<double>());
    for (var pair = -5; pair < pairs; pair++)
    {
        // Who is first changes from pair to pair.
        var steps = pair % 2 == 0 ? new[] { dense, masked, control } : [control, masked, dense];
        var times = steps.ToDictionary(static one => one, one => one.Steps(Chunk));
        if (pair >= 0)
        {
            wall.Add(times[masked].Wall / times[dense].Wall);
            cpu.Add(times[masked].Cpu / times[dense].Cpu);
            none.Add(times[control].Wall / times[dense].Wall);
        }
    }

    Console.WriteLine(string.Create(culture, $$"""{"what": "masked step / dense step", "model": "{{model}}", "layout": "{{(channelsLast ? "channels_last" : "contiguous")}}", "parameters": {{dense.Parameters}}, "batch": {{batch}}, "threads": {{threads}}, "dropped": {{masked.Dropped:F4}}, "pairs": {{pairs}}, "steps_a_chunk": {{Chunk}}, "ms_a_dense_step": {{dense.Milliseconds:F3}}, "wall": {{Spread(wall)}}, "cpu": {{Spread(cpu)}}, "dense_again": {{Spread(none)}}}"""));
}

void Trace(int side, int threads, int runs)
{
    TorchRuntime.Threads = threads;
    for (var run = 0; run < runs; run++)
    {
        using var scope = NewDisposeScope();
        using var net = Bottleneck.ResNet50();
        var (clock, cpu) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        var trace = NetworkTrace.Of(net, zeros(1, 3, side, side));
        var traced = clock.Elapsed.TotalSeconds;
        var removed = ChannelBudget.Macs(trace, UnitScores.Magnitude(trace), 0.5);
        var chosen = clock.Elapsed.TotalSeconds;
        var outcome = NetworkShrinker.Shrink(trace, removed);
        Console.WriteLine(string.Create(culture, $$"""{"what": "trace, score and cut ResNet-50", "side": {{side}}, "threads": {{threads}}, "run": {{run}}, "parameters": {{outcome.Before.Parameters}}, "macs": {{outcome.Before.Macs}}, "macs_after": {{outcome.After.Macs}}, "groups": {{trace.Groups.Count}}, "trace_s": {{traced:F2}}, "score_and_choose_s": {{chosen - traced:F2}}, "cut_and_proof_s": {{clock.Elapsed.TotalSeconds - chosen:F2}}, "total_s": {{clock.Elapsed.TotalSeconds:F2}}, "total_cpu_s": {{(Environment.CpuUsage.TotalTime - cpu).TotalSeconds:F2}}, "difference": {{outcome.Difference:E1}}}"""));
    }
}

void Cut(string model, int batch, int threads, int seeds)
{
    TorchRuntime.Threads = threads;
    var shape = new ModelShape(1, 28, 28, 10);
    for (var seed = 1; seed <= seeds; seed++)
    {
        using var silent = no_grad();
        random.manual_seed(seed);
        using var whole = ModelCatalog.Create(model, shape);
        using var small = ModelCatalog.Create(model, shape);
        whole.eval();
        small.eval();
        using var input = randn(batch, 1, 28, 28);
        using var sample = zeros(1, 1, 28, 28);
        var trace = NetworkTrace.Of(small, sample);
        var scores = UnitScores.Magnitude(trace);
        var speed = new CutSpeed(trace, () => whole.call(input).Dispose(), () => small.call(input).Dispose());
        var roundings = speed.Rounding(At);
        foreach (var (word, round) in new[] { ("1", 1), ("auto", roundings[0].RoundTo) })
        {
            var removed = At(round);
            var time = speed.Of(removed);
            var macs = NetworkShrinker.Try(trace, removed, () => NetworkShrinker.Size(trace).Macs) / (double)trace.Macs;
            Console.WriteLine(string.Create(culture, $$"""{"what": "milliseconds over multiplications", "model": "{{model}}", "batch": {{batch}}, "threads": {{threads}}, "seed": {{seed}}, "round_to": "{{word}}", "multiple": {{round}}, "macs": {{macs:F4}}, "ms": {{time.Median:F4}}, "ms_low": {{time.Low:F4}}, "ms_high": {{time.High:F4}}, "ms_over_macs": {{time.Median / macs:F3}}}"""));
        }

        IReadOnlyList<ChannelUnit> At(int round) => ChannelBudget.Macs(trace, scores, 0.5, new() { RoundTo = round });
    }
}

string Spread(List<double> values)
{
    double[] sorted = [.. values.Order()];
    return string.Create(culture, $$"""{"median": {{sorted[sorted.Length / 2]:F4}}, "low": {{sorted[sorted.Length / 4]:F4}}, "high": {{sorted[3 * sorted.Length / 4]:F4}}}""");
}

/// <summary>A network, its optimiser and a batch, stepped as the trainer steps.</summary>
internal sealed class Stepped : IDisposable
{
    private readonly nn.Module<Tensor, Tensor> _net;
    private readonly FusedSgd _optimizer;
    private readonly WeightPruner? _pruner;
    private readonly Tensor _input, _labels;
    private long _step;
    private double _milliseconds;

    public Stepped(string model, bool channelsLast, Tensor input, Tensor labels, bool sparse)
    {
        random.manual_seed(2);
        (_input, _labels) = (input, labels);
        _net = ModelCatalog.Create(model, new ModelShape(1, 28, 28, 10));
        _net.train();
        if (channelsLast)
        {
            _net.ToChannelsLast();
        }

        _optimizer = new(_net.parameters(), new SgdOptions { WeightDecay = 5e-4 });
        Parameters = _net.parameters().Sum(static parameter => parameter.numel());
        if (sparse)
        {
            _pruner = new(_net, SparsityMethod.Parse("random+uniform+one-shot"), 0.1, steps: 1_000_000);
            _ = _pruner.Advance(0);
        }
    }

    public long Parameters { get; }

    public double Dropped => _pruner is null ? 0 : _pruner.Dropped / (double)_pruner.Weights.Sum(static weight => weight.Weight.numel());

    public double Milliseconds => _milliseconds / _step;

    public (double Wall, double Cpu) Steps(int count)
    {
        var (clock, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        for (var k = 0; k < count; k++)
        {
            using var scope = NewDisposeScope();
            _ = _pruner?.Advance(++_step);
            using var loss = nn.functional.cross_entropy(_net.call(_input), _labels);
            loss.backward();
            _pruner?.ApplyToGradients();
            _optimizer.Step(0.01);
            _optimizer.ZeroGrad();
            TorchRuntime.EndStep();
        }

        _step += _pruner is null ? count : 0;
        _milliseconds += clock.Elapsed.TotalMilliseconds;
        return (clock.Elapsed.TotalMilliseconds, (Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
    }

    public void Dispose()
    {
        _pruner?.Dispose();
        _optimizer.Dispose();
        _net.Dispose();
    }
}
