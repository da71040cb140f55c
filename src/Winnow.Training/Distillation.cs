using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Winnow.Torch;
using Winnow.Training.Tasks;
using static TorchSharp.torch;

namespace Winnow.Training;

/// <summary>
/// What a teacher says of the classes of every training sample, learned beside the labels: a sample's loss is (1 − α)·loss + α·T²·KL(teacher ‖ student), both distributions
/// softened by the temperature T. (Hinton, Vinyals and Dean 2015; for pruned data Ben-Baruch et al., Distilling the Knowledge in Data Pruning, 2024.)
/// </summary>
public sealed class Distillation
{
    // Below this a logarithm is that of a probability that underflowed.
    private const float Least = 1e-12f;

    private readonly ReadOnlyMemory<float> _probabilities;

    /// <summary>Soft labels.</summary>
    /// <param name="probabilities">The teacher's, [training samples × classes], a row a sample, in [0, 1].</param>
    /// <param name="alpha">The share α of the teacher, in [0, 1].</param>
    /// <param name="temperature">T, above 0; 4 by default.</param>
    /// <exception cref="RecipeException">A number is out of range.</exception>
    public Distillation(ReadOnlyMemory<float> probabilities, double alpha, double temperature = 4)
    {
        if (alpha is not (>= 0 and <= 1) || temperature is not (> 0 and < double.PositiveInfinity))
        {
            throw new RecipeException(FormattableString.Invariant($"alpha={alpha} and temperature={temperature}: the teacher's share is in [0, 1], and the temperature is finite and above 0."));
        }

        if (probabilities.Span.IndexOfAnyExceptInRange(0f, 1.01f) is >= 0 and var at)
        {
            throw new RecipeException(FormattableString.Invariant($"the teacher's probability at place {at} is {probabilities.Span[at]}; probabilities are in [0, 1]."));
        }

        (_probabilities, Alpha, Temperature) = (probabilities, alpha, temperature);
    }

    /// <summary>The share of the teacher.</summary>
    public double Alpha { get; }

    /// <summary>How much both distributions are softened.</summary>
    public double Temperature { get; }

    /// <summary>Settings and a checksum of the soft labels, by which a checkpoint knows them.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"distil:alpha={Alpha:R},temperature={Temperature:R} {Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(_probabilities.Span)))[..16]}");

    /// <summary>Refuses a task whose network gives no logits of classes, and soft labels of other samples.</summary>
    /// <exception cref="RecipeException">It is one of those.</exception>
    internal void Check(TrainingTask task)
    {
        if (!task.Signals.Contains(SignalNames.ErrorNorm))
        {
            throw new RecipeException($"a teacher's probabilities are of classes, and the network of the task {task.Name} tells none apart.");
        }

        if (_probabilities.Length != (long)task.Dataset.Train * task.Dataset.Classes)
        {
            throw new RecipeException($"the teacher tells {_probabilities.Length} probabilities, and there are {task.Dataset.Train} training samples of {task.Dataset.Classes} classes; give a row a sample.");
        }
    }

    /// <summary>The logarithms of the teacher's probabilities on a device, [samples, classes]; belongs to the current scope.</summary>
    internal Tensor Rows(int samples, Device device) => TensorData.FromSpan<float>(_probabilities.Span, samples, _probabilities.Length / samples).clamp_min(Least).log().to(device);

    /// <summary>The losses of both.</summary>
    /// <param name="losses">By the labels, [samples], on the graph.</param>
    /// <param name="logits">The student's, float32 [samples, classes], on the graph.</param>
    /// <param name="rows">The teacher's log-probabilities of the same samples.</param>
    internal Tensor Mix(Tensor losses, Tensor logits, Tensor rows)
    {
        using var scope = NewDisposeScope();
        var student = (logits / Temperature).log_softmax(1);
        var teacher = (rows / Temperature).log_softmax(1);
        var divergence = (teacher.exp() * (teacher - student)).sum(1);
        return ((losses * (1 - Alpha)) + (divergence * (Alpha * Temperature * Temperature))).MoveToOuterDisposeScope();
    }
}
