using TorchSharp;
using Winnow.Numerics;
using Winnow.Records;
using Winnow.Training.Models;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Classification;

/// <summary>A classifier with trained weights, to be looked at or changed outside of a run. Computed in float32 whatever the run was trained in.</summary>
public sealed class TrainedClassifier : IDisposable
{
    private const int Batch = 256;

    private readonly ClassificationTask _task;
    private readonly Network _network;
    private readonly DisposeScope _scope;

    /// <summary>Makes the network and reads the weights.</summary>
    /// <param name="task">What the network was trained for; a model of the catalogue.</param>
    /// <param name="weights">The trained weights, as <see cref="WeightsFile.Read(Stream, string)"/> gives them.</param>
    /// <param name="place">Where they are from, for messages.</param>
    /// <exception cref="RecipeException">The weights are another model's, or the network comes from a TorchScript file, into which nobody can see.</exception>
    public TrainedClassifier(ClassificationTask task, IReadOnlyList<WeightArray> weights, string place)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(weights);
        if (task.Script is not null)
        {
            throw new RecipeException($"{task.ModelName} is a network from a TorchScript file, which runs no hooks, so that nobody can see into it; train a model of the catalogue.");
        }

        _task = task;
        _scope = NewDisposeScope();
        try
        {
            _network = new Network(task.CreateModel(CPU));
            _network.Load(weights, task.ModelName, place);
            _network.Eval();
        }
        catch
        {
            _scope.Dispose();
            throw;
        }
    }

    /// <summary>The network, in evaluation mode.</summary>
    public nn.Module<Tensor, Tensor> Module => (nn.Module<Tensor, Tensor>)_network.Module;

    /// <summary>A batch of inputs as the network takes them, all zero.</summary>
    /// <param name="samples">How many.</param>
    public Tensor Inputs(int samples) => zeros([samples, .. Array.ConvertAll(_task.Data.Test.Shape.ToArray(), static extent => (long)extent)]);

    /// <summary>The share of the test samples that are told right.</summary>
    /// <param name="progress">Is told how many of how many samples are done; null for nobody.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public double Accuracy(Action<int, int>? progress = null, CancellationToken stop = default)
    {
        using var silent = no_grad();
        using var scope = NewDisposeScope();
        using var samples = _task.OpenTest(CPU, MemoryLayout.Contiguous);
        var count = _task.Dataset.Test;
        using var reader = samples.Read(Enumerable.Range(0, count).ToArray(), draws: null);
        double right = 0;
        for (var start = 0; start < count; start += Batch)
        {
            stop.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var batch = reader.Take(start, Math.Min(Batch, count - start));
            var told = _task.Measure(_network.Forward(_task, batch), batch, new(Training: false, new HashSet<string> { SignalNames.Correct }));
            right += told.Signals[SignalNames.Correct].to(float64).sum().ToDouble();
            progress?.Invoke(Math.Min(start + Batch, count), count);
        }

        return right / count;
    }

    /// <summary>Leaves in each parameter the gradient of the mean loss over some training samples, as they are and in evaluation mode.</summary>
    /// <param name="most">At most so many samples, drawn at random.</param>
    /// <param name="seed">Of the draw.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public void Gradients(int most, ulong seed, CancellationToken stop = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        var ids = Enumerable.Range(0, _task.Dataset.Train).ToArray();
        Shuffle.FisherYates(ids, Rng.Derive(seed, 0, "gradient-samples"));
        ids = ids[..Math.Min(most, ids.Length)];
        using var scope = NewDisposeScope();
        using var samples = _task.OpenTrain(CPU, MemoryLayout.Contiguous);
        using var reader = samples.Read(ids, draws: null);
        _network.Module.zero_grad();
        for (var start = 0; start < ids.Length; start += Batch)
        {
            stop.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var batch = reader.Take(start, Math.Min(Batch, ids.Length - start));
            var told = _task.Measure(_network.Forward(_task, batch), batch, new(Training: true, new HashSet<string>()));
            told.Losses.sum().div(ids.Length).backward();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _network.Dispose();
        _scope.Dispose();
    }
}
