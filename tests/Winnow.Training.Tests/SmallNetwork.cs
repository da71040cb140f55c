using Winnow.Data;

namespace Winnow.Training.Tests;

/// <summary>What the mlp says of a sample, computed by an obvious program from the weights of a run.</summary>
internal sealed class SmallNetwork(TrainingOutcome outcome, SampleSet statistics)
{
    /// <summary>Probabilities of the classes.</summary>
    public double[] Predict(SampleSet set, int sample)
    {
        var x = new double[set.SampleLength];
        for (var d = 0; d < x.Length; d++)
        {
            x[d] = (set.Floats[(sample * x.Length) + d] - statistics.Mean[d]) / statistics.Std[d];
        }

        x = [.. Layer("hidden1", x).Select(static v => Math.Max(0, v))];
        x = [.. Layer("hidden2", x).Select(static v => Math.Max(0, v))];
        var logits = Layer("head", x);
        var sum = logits.Sum(v => Math.Exp(v - logits.Max()));
        return Array.ConvertAll(logits, v => Math.Exp(v - logits.Max()) / sum);
    }

    /// <summary>Cross-entropy against a label of which a share is spread over all classes.</summary>
    public double Loss(SampleSet set, int sample, double smoothing)
    {
        var logs = Array.ConvertAll(Predict(set, sample), Math.Log);
        return -((1 - smoothing) * logs[set.Labels[sample]]) - (smoothing * logs.Average());
    }

    private double[] Layer(string name, double[] x)
    {
        var weight = outcome.Weights.Single(entry => entry.Name == $"{name}.weight");
        var bias = outcome.Weights.Single(entry => entry.Name == $"{name}.bias");
        return [.. bias.Values.Select((b, row) => b + x.Select((v, column) => v * weight.Values[(row * x.Length) + column]).Sum())];
    }
}
