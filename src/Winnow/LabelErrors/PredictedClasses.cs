using System.Globalization;

namespace Winnow.LabelErrors;

/// <summary>
/// What a model that wasn't trained on a sample says of its class, for all samples, beside the labels that were given. Probabilities of a model that has seen the sample with
/// its label are worth nothing here: it may have learned the wrong one.
/// </summary>
public sealed class PredictedClasses
{
    /// <summary>As much closer to another class than to its own a sample has to be: what rounding leaves of equal probabilities decides nothing.</summary>
    internal const double Tolerance = 1e-6;

    private readonly ReadOnlyMemory<int> _labels;
    private readonly ReadOnlyMemory<float> _probabilities;

    /// <summary>Checks that labels and probabilities go together.</summary>
    /// <param name="labels">The class that each sample was given, [n], in [0, classes).</param>
    /// <param name="probabilities">The probability of each class, [n × classes], a row a sample, finite, at least 0, summing to 1 within 0.01. Not copied.</param>
    /// <param name="classes">How many classes there are, at least 2.</param>
    /// <exception cref="LabelErrorException">A length, a label or a probability is wrong; names the sample.</exception>
    public PredictedClasses(ReadOnlyMemory<int> labels, ReadOnlyMemory<float> probabilities, int classes)
    {
        if (classes < 2)
        {
            throw new LabelErrorException($"there are {classes} classes; a label can be wrong where there are at least 2.");
        }

        if (probabilities.Length != (long)labels.Length * classes)
        {
            throw new LabelErrorException($"there are {labels.Length} labels and {probabilities.Length} probabilities of {classes} classes; give a row of {classes} a sample, in the samples' order.");
        }

        (_labels, _probabilities, Classes) = (labels, probabilities, classes);
        LabelCounts = new int[classes];
        for (var i = 0; i < Count; i++)
        {
            Check(i);
            LabelCounts[Label(i)]++;
        }
    }

    /// <summary>How many samples there are.</summary>
    public int Count => _labels.Length;

    /// <summary>How many classes there are.</summary>
    public int Classes { get; }

    /// <summary>The class that each sample was given, [n].</summary>
    internal ReadOnlySpan<int> Labels => _labels.Span;

    /// <summary>How many samples were given each class.</summary>
    internal int[] LabelCounts { get; }

    /// <summary>The class that a sample was given.</summary>
    /// <param name="id">The sample's position, 0-based.</param>
    public int Label(int id) => _labels.Span[id];

    /// <summary>The probabilities of a sample's classes, [classes].</summary>
    /// <param name="id">The sample's position, 0-based.</param>
    public ReadOnlySpan<float> Of(int id) => _probabilities.Span.Slice(id * Classes, Classes);

    /// <summary>The class that a sample most probably is of: its own where that is as probable as any, else of equally probable ones the first.</summary>
    /// <param name="id">The sample's position, 0-based.</param>
    public int Predicted(int id)
    {
        var row = Of(id);
        var own = Label(id);
        var best = 0;
        for (var c = 1; c < row.Length; c++)
        {
            if (At(c) > At(best))
            {
                best = c;
            }
        }

        return best;

        double At(int c) => _probabilities.Span[(id * Classes) + c] + (c == own ? Tolerance : 0);
    }

    private void Check(int id)
    {
        if ((uint)Label(id) >= (uint)Classes)
        {
            throw new LabelErrorException($"the label of sample {id} is {Label(id)}; labels are in [0, {Classes}), the classes that there are probabilities of.");
        }

        double sum = 0;
        foreach (var probability in Of(id))
        {
            if (probability is not (>= 0 and <= 1.01f))
            {
                throw new LabelErrorException(string.Create(CultureInfo.InvariantCulture, $"sample {id} has the probability {probability}; probabilities are in [0, 1]: of logits take the softmax first."));
            }

            sum += probability;
        }

        if (Math.Abs(sum - 1) > 0.01)
        {
            throw new LabelErrorException(string.Create(CultureInfo.InvariantCulture, $"the probabilities of sample {id} sum to {sum:0.###}; those of all classes sum to 1: of logits take the softmax first."));
        }
    }
}
