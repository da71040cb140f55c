using Winnow.Networks.Masks;
using Winnow.Records;
using Winnow.Training.Models;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks;

/// <summary>
/// What is trained: data, network, loss and what it is judged by. The loop (<see cref="Trainer"/>) knows no labels and no accuracy; plans, steps, weights, checkpoints,
/// processes and records are the same for every task. A task is made once and serves many runs, also several at once.
/// </summary>
public abstract class TrainingTask
{
    /// <summary>What kind of training it is, such as <c>classify</c>; a word of the records.</summary>
    public abstract string Name { get; }

    /// <summary>What the network is called in messages and records.</summary>
    public virtual string ModelName => $"the network of {Name}";

    /// <summary>Name, sizes and fingerprint of the data. With the fingerprint a run that goes on knows its data again, so that it has to change with whatever a sample is made from.</summary>
    public abstract DataInfo Dataset { get; }

    /// <summary>The class, or another group, of each training sample, for methods that ask for one; empty where there is none.</summary>
    public virtual ReadOnlyMemory<int> Groups => default;

    /// <summary>
    /// What each training sample's loss is a mean over: how many tokens of it are predicted, say. Finite and above 0; empty where all count alike. A step's loss is then the weighted sum over
    /// the parts of all samples, divided by the weighted number of parts of the whole batch (by their plain number under <see cref="Plans.LossNormalization.Batch"/>), so that a long sample counts
    /// more than a short one. What a method is told stays the sample's own mean.
    /// </summary>
    public virtual ReadOnlyMemory<float> Sizes => default;

    /// <summary>The signals that <see cref="Measure"/> can tell beside the loss. A method that needs another is refused before the run.</summary>
    public virtual IReadOnlyList<string> Signals => [];

    /// <summary>What the network is judged by; exactly one decides.</summary>
    public abstract IReadOnlyList<Metric> Metrics { get; }

    /// <summary>What else has to be the same for a run to be the same, by name, beside data and settings: what the loss is made with, say.</summary>
    public virtual IEnumerable<KeyValuePair<string, string>> Identity => [];

    /// <summary>What the user should know of data and network before anything is trained, in sentences.</summary>
    public virtual IReadOnlyList<string> Notes => [];

    /// <summary>The forms in which a run leaves its weights: what the names of their files end in, and how they are written.</summary>
    public virtual IReadOnlyList<(string Ending, Action<Stream, IReadOnlyList<WeightArray>> Write)> WeightForms => WeightsFile.Forms(null);

    /// <summary>A new network on its device. Weights are drawn from libtorch's generator, which the caller has seeded.</summary>
    /// <param name="device">Where it is trained.</param>
    public abstract nn.Module CreateModel(Device device);

    /// <summary>The training samples, ready to be read. The tensors that it makes belong to the current dispose scope, which is the run's.</summary>
    /// <param name="device">Where the batches are to be.</param>
    /// <param name="layout">In which memory order images are to come.</param>
    public abstract ISampleReader OpenTrain(Device device, MemoryLayout layout);

    /// <summary>The test samples, ready to be read.</summary>
    /// <inheritdoc cref="OpenTrain"/>
    public abstract ISampleReader OpenTest(Device device, MemoryLayout layout);

    /// <summary>The network's output for a batch, in the precision of the run. A network from one tensor to one is given the part <see cref="Batch.Input"/>.</summary>
    /// <param name="model">As <see cref="CreateModel"/> made it.</param>
    /// <param name="batch">The samples.</param>
    public virtual Tensor Forward(nn.Module model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return model is nn.IModule<Tensor, Tensor> function
            ? function.call(batch[Batch.Input])
            : throw new InvalidOperationException($"{model?.GetType().Name} isn't a module from one tensor to one; override {nameof(Forward)} and call it as it wants to be.");
    }

    /// <summary>One loss a sample, and the signals that are wanted.</summary>
    /// <param name="output">What <see cref="Forward"/> gave, in float32.</param>
    /// <param name="batch">The samples.</param>
    /// <param name="request">Which losses and signals.</param>
    public abstract SampleOutput Measure(Tensor output, Batch batch, SampleRequest request);

    /// <summary>
    /// What methods judge samples by: their losses, unless the task knows better. Where a loss depends more on what was drawn for a visit than on the sample, a task can take that out.
    /// Never for the gradient; methods that choose within a batch go by the losses as they are.
    /// </summary>
    /// <param name="ids">The samples that were visited.</param>
    /// <param name="draws">What was drawn from in that epoch; null where they were sent through the network as in evaluation.</param>
    /// <param name="losses">Their losses, in the same order.</param>
    /// <returns>A number a sample; the greater, the more is to be learnt from it.</returns>
    public virtual float[] Scores(ReadOnlySpan<int> ids, SampleDraws? draws, float[] losses) => losses;

    /// <summary>Judges the network, which is in evaluation mode; on every rank, with the same result. Null when the run was stopped meanwhile.</summary>
    /// <param name="evaluator">Sends samples through the network, each rank its part.</param>
    public abstract Evaluation? Evaluate(Evaluator evaluator);

    /// <summary>The layer that gives the network's output, where it is known; needed of tasks that tell <see cref="SignalNames.LastLayerGradient"/>.</summary>
    internal virtual TorchSharp.Modules.Linear? LastLayer(nn.Module model) => null;

    /// <summary>Looks at a new network before it is trained: returns notes for the user, or refuses it.</summary>
    /// <exception cref="RecipeException">It can't be trained on the data.</exception>
    internal virtual IReadOnlyList<string> Examine(Network network, Device device) => [];

    /// <summary>Which channels' scales the penalty of <see cref="TrainingSettings.Slimming"/> leaves alone, of a network as a run begins with it; null penalises all.</summary>
    /// <exception cref="RecipeException">It can't be told.</exception>
    internal virtual MaskSet? Unpenalised(nn.Module model) => null;

    /// <summary>The metric that comparisons go by.</summary>
    /// <exception cref="InvalidOperationException">None or several decide.</exception>
    public Metric Deciding => Metrics.Count(static metric => metric.Decides) == 1
        ? Metrics.First(static metric => metric.Decides)
        : throw new InvalidOperationException($"of the metrics of {Name} ({string.Join(", ", Metrics.Select(static metric => metric.Name))}) exactly one has to decide.");
}
