namespace Winnow.Samples;

/// <summary>
/// Something that the model says of a sample, one float32 each: a name and the rule of what the numbers may be. Those that the catalogue's methods read are the static ones;
/// a method of one's own makes another, <c>new Signal("margin")</c>, and whoever trains tells it by that name.
/// </summary>
/// <remarks>Two of one name are the same signal: who tells it and who reads it needn't share an object.</remarks>
public sealed record Signal
{
    /// <summary>A signal of that name.</summary>
    /// <param name="name">Such as <c>margin</c>; not empty.</param>
    /// <param name="range">What its numbers may be.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public Signal(string name, SignalRange range = SignalRange.Any)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        (Name, Range) = (name, range);
        (Array, Plural) = (name, $"numbers of \"{name}\"");
        Rule = range switch
        {
            SignalRange.Probability => "it is a probability, in [0, 1], or NaN where there is none",
            SignalRange.Flag => "it is 0 or 1",
            _ => "",
        };
    }

    /// <summary>The raw loss of the sample, neither weighted nor averaged: <see cref="BatchSignals.Losses"/>.</summary>
    public static Signal Loss { get; } = new("loss") { Array = "losses", Plural = "losses" };

    /// <summary>The mean loss of the batch that the sample was trained in. Where nobody tells it, what is observed at once is one batch.</summary>
    public static Signal BatchLoss { get; } = new("batch_loss") { Array = "batch_losses", Plural = "batch losses" };

    /// <summary>The probability that the model gave to its own prediction, in [0, 1]; NaN where it gave none, which counts as not sure.</summary>
    public static Signal Confidence { get; } = new("confidence", SignalRange.Probability)
    {
        Array = "confidences",
        Plural = "confidences",
        Rule = "a confidence is the probability of the model's own prediction, in [0, 1]: the largest softmax output, not the logit",
    };

    /// <summary>Whether the prediction was right: 1 or 0.</summary>
    public static Signal Correct { get; } = new("correct", SignalRange.Flag) { Plural = "correctness flags", Rule = "it is 0 or 1, whether the prediction was right: (predicted == y)" };

    /// <summary>The name, by which it is told and read.</summary>
    public string Name { get; }

    /// <summary>What its numbers may be.</summary>
    public SignalRange Range { get; }

    /// <summary>What messages call the array of its numbers: the name of the argument in other languages.</summary>
    internal string Array { get; private init; }

    /// <summary>What messages call several of its numbers.</summary>
    internal string Plural { get; private init; }

    /// <summary>What messages say that a number of it is.</summary>
    internal string Rule { get; private init; }

    /// <summary>Whether it has the same name.</summary>
    public bool Equals(Signal? other) => other is not null && Name == other.Name;

    /// <inheritdoc/>
    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}

/// <summary>What the numbers of a <see cref="Signal"/> may be.</summary>
public enum SignalRange
{
    /// <summary>Any float32, NaN and infinities included.</summary>
    Any,

    /// <summary>In [0, 1], or NaN where there is none.</summary>
    Probability,

    /// <summary>0 or 1.</summary>
    Flag,
}
