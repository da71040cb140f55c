using Winnow.Numerics;

namespace Winnow.Scores;

/// <summary>
/// Memorisation and influence (Feldman and Zhang, What Neural Networks Memorize and Why, NeurIPS 2020, section 2) by the estimator of subsets: of many models, each trained on a random part of the data, those
/// that were trained on a sample are held against those that weren't. Counts of bits; the same at any number of threads.
/// </summary>
/// <remarks>mem(i) = P[i right | trained on i] − P[i right | not trained on i]; infl(i, j) = P[j right | trained on i] − P[j right | not trained on i]. Both lie in [−1, 1]; memorised samples come high.</remarks>
public static class Memorization
{
    /// <summary>The memorisation of every sample.</summary>
    /// <param name="trained">Which models were trained on which samples.</param>
    /// <param name="correct">Which models were right about which of the same samples.</param>
    /// <param name="result">One a sample.</param>
    /// <param name="threads">How many threads; 0 takes all cores.</param>
    /// <exception cref="ArgumentException">The sizes differ, or a sample was in the training set of every model or of none: the message names it.</exception>
    public static void Estimate(BitMatrix trained, BitMatrix correct, Span<float> result, int threads = 0)
    {
        Check(trained, correct);
        for (var i = 0; i < trained.Samples; i++)
        {
            CheckSample(trained, i);
        }

        if (trained.Samples != correct.Samples || result.Length != trained.Samples)
        {
            throw new ArgumentException($"{trained.Samples} samples trained on, {correct.Samples} judged and room for {result.Length}; memorisation is of the same samples", nameof(correct));
        }

        var values = new float[result.Length];
        Chunks.For(Chunks.Count(values.Length), threads, chunk =>
        {
            var (start, length) = Chunks.Range(chunk, values.Length);
            for (var i = start; i < start + length; i++)
            {
                values[i] = Difference(trained, i, correct, i);
            }
        });
        values.CopyTo(result);
    }

    /// <summary>The influence of one training sample on each judged sample.</summary>
    /// <param name="trained">Which models were trained on which samples.</param>
    /// <param name="sample">The training sample, 0-based.</param>
    /// <param name="correct">Which models were right about which samples: the training samples or others, such as a test set.</param>
    /// <param name="result">One a judged sample.</param>
    /// <exception cref="ArgumentException">The numbers of models differ, there is too little or too much room, or the sample was in the training set of every model or of none.</exception>
    public static void Influence(BitMatrix trained, int sample, BitMatrix correct, Span<float> result)
    {
        Check(trained, correct);
        CheckSample(trained, sample);
        if (result.Length != correct.Samples)
        {
            throw new ArgumentException($"room for {result.Length} of {correct.Samples} judged samples; give one number a sample", nameof(result));
        }

        for (var j = 0; j < result.Length; j++)
        {
            result[j] = Difference(trained, sample, correct, j);
        }
    }

    private static void Check(BitMatrix trained, BitMatrix correct)
    {
        ArgumentNullException.ThrowIfNull(trained);
        ArgumentNullException.ThrowIfNull(correct);
        if (trained.Models != correct.Models)
        {
            throw new ArgumentException($"{trained.Models} models trained and {correct.Models} judged; both are of the same models, in the same order", nameof(correct));
        }
    }

    private static void CheckSample(BitMatrix trained, int sample)
    {
        var with = trained.Count(sample);
        if (with == 0 || with == trained.Models)
        {
            throw new ArgumentException($"sample {sample} was in the training set of {(with == 0 ? "none" : "all")} of the {trained.Models} models; the estimate needs models with it and without it: leave the sample out, or train more models", nameof(trained));
        }
    }

    private static float Difference(BitMatrix trained, int i, BitMatrix correct, int j)
    {
        int with = trained.Count(i), right = correct.Count(j), both = trained.CountBoth(i, correct, j);
        return (float)(((double)both / with) - ((double)(right - both) / (trained.Models - with)));
    }
}
