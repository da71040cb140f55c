using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks;

/// <summary>Some samples on their way through a network: tensors by name, each with the samples as its first dimension, all on the device that is trained on.</summary>
public sealed class Batch
{
    /// <summary>What the part is called that goes into the network, and the one that its output is held against.</summary>
    public const string Input = "input", Target = "target";

    /// <summary>The part in which <see cref="TrainingTask.Measure"/> finds how much longer the gradient of the last layer is than the error, where the signal of it is wanted.</summary>
    internal const string GradientScale = "gradient_scale";

    /// <summary>The part with a teacher's log-probabilities, where one is learned from.</summary>
    internal const string Teacher = "teacher";

    private readonly KeyValuePair<string, Tensor>[] _parts;

    /// <param name="parts">At least one, with different names; they belong to the scope in which they were made.</param>
    public Batch(params IEnumerable<KeyValuePair<string, Tensor>> parts)
    {
        _parts = [.. parts];
        if (_parts.Length == 0)
        {
            throw new ArgumentException("a batch needs at least one tensor.", nameof(parts));
        }
    }

    /// <summary>An input and a target.</summary>
    /// <param name="input">What goes into the network, [samples, …].</param>
    /// <param name="target">What its output is held against, [samples, …].</param>
    public Batch(Tensor input, Tensor target)
        : this(KeyValuePair.Create(Input, input), KeyValuePair.Create(Target, target))
    {
    }

    /// <summary>How many samples.</summary>
    public int Count => (int)_parts[0].Value.size(0);

    /// <summary>All parts.</summary>
    public IReadOnlyList<KeyValuePair<string, Tensor>> Parts => _parts;

    /// <summary>A part.</summary>
    /// <exception cref="KeyNotFoundException">There is none of that name; the message lists those that are.</exception>
    public Tensor this[string name]
    {
        get
        {
            foreach (var part in _parts)
            {
                if (part.Key == name)
                {
                    return part.Value;
                }
            }

            throw new KeyNotFoundException($"the batch has no part \"{name}\"; it has {string.Join(", ", _parts.Select(static part => part.Key))}.");
        }
    }

    /// <summary>The same with one part more.</summary>
    internal Batch With(string name, Tensor part) => new(_parts.Append(KeyValuePair.Create(name, part)));

    /// <summary>Consecutive samples, as views.</summary>
    public Batch Narrow(int start, int count) => start == 0 && count == Count ? this : new(_parts.Select(part => KeyValuePair.Create(part.Key, part.Value.narrow(0, start, count))));

    /// <summary>The samples at these places, int64 [n], as copies in the memory order of the original.</summary>
    public Batch Select(Tensor places) => new(_parts.Select(part => KeyValuePair.Create(part.Key, Select(part.Value, places))));

    internal Batch MoveToOuterDisposeScope()
    {
        foreach (var part in _parts)
        {
            part.Value.MoveToOuterDisposeScope();
        }

        return this;
    }

    private static Tensor Select(Tensor part, Tensor places)
    {
        var some = part.index_select(0, places);
        return ChannelsLast.IsChannelsLast(part) ? some.ToChannelsLast() : some;
    }
}
