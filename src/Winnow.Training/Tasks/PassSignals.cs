using TorchSharp;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks;

/// <summary>
/// What the model said of the samples of a pass, in the pass's order, gathered on the device and fetched once at its end: a tensor a signal.
/// </summary>
/// <param name="count">How many samples the pass has.</param>
/// <param name="wanted">The signals beside the loss.</param>
/// <param name="device">Where the numbers come about.</param>
/// <param name="scope">To which the tensors belong.</param>
internal sealed class PassSignals(int count, IReadOnlySet<string> wanted, Device device, DisposeScope scope)
{
    private readonly SortedDictionary<string, Tensor> _columns = new(StringComparer.Ordinal);

    /// <summary>Stores what came of consecutive samples; waits for nothing.</summary>
    /// <param name="start">The first one's place in the pass.</param>
    /// <param name="output">Of the samples.</param>
    public void Write(int start, SampleOutput output) => Each(output, (target, values) => target.narrow(0, start, values.size(0)).copy_(values));

    /// <summary>Overwrites what came of samples at these places, int64 [n], counted from <paramref name="start"/>.</summary>
    public void Write(int start, int length, Tensor places, SampleOutput output) =>
        Each(output, (target, values) => target.narrow(0, start, length).index_copy_(0, places, values));

    /// <summary>The first so many on the host; waits for the device.</summary>
    public SampleColumns Fetch(int length) => new(length, _columns.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.narrow(0, 0, length).ToArray<float>())));

    /// <summary>Takes what <see cref="Fetch"/> gave, as the first of the pass.</summary>
    public void Load(SampleColumns signals)
    {
        using var step = NewDisposeScope();
        foreach (var name in signals.Names)
        {
            var values = signals[name];
            var width = signals.Width(name);
            Column(name, width == 1 ? [] : [width]).narrow(0, 0, signals.Count).reshape(-1).CopyFrom<float>(values);
        }
    }

    private void Each(SampleOutput output, Action<Tensor, Tensor> store)
    {
        using var step = NewDisposeScope();
        using var silent = no_grad();
        Store(SignalNames.Loss, output.Losses.detach());
        foreach (var name in wanted)
        {
            Store(name, output.Signals.TryGetValue(name, out var values) ? values
                : throw new TrainingFailedException($"the task gave no signal \"{name}\", which it says it can; return it from Measure."));
        }

        void Store(string name, Tensor values)
        {
            if (values.dim() == 0 || values.size(0) != output.Losses.size(0))
            {
                throw new TrainingFailedException($"the signal \"{name}\" has the shape [{string.Join(", ", values.shape)}] for {output.Losses.size(0)} samples; return a number, or a row, a sample.");
            }

            store(Column(name, values.shape[1..]), values.to(ScalarType.Float32));
        }
    }

    private Tensor Column(string name, long[] rest)
    {
        if (!_columns.TryGetValue(name, out var column))
        {
            column = empty([count, .. rest], ScalarType.Float32, device).MoveToOtherDisposeScope(scope);
            _columns.Add(name, column);
        }

        return column;
    }
}
