using System.Runtime.InteropServices;
using TorchSharp;
using Winnow.Data;
using Winnow.Training.Tasks;
using Winnow.Training.Tasks.Classification;
using static TorchSharp.torch;

namespace Winnow.Training.Models.Scripts;

/// <summary>Whether the network of a TorchScript file can be trained on some data: tried with a batch of three samples and one of two before the run, since no one else has tried it.</summary>
internal sealed class ScriptCheck : IDisposable
{
    private readonly TrainingRecipe _recipe;
    private readonly SampleSet _train;
    private readonly Device _device;
    private readonly Network _network;
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Tensor _batch;
    private readonly Tensor _labels;

    private ScriptCheck(TrainingRecipe recipe, SampleSet train, Device device, Network network)
    {
        (_recipe, _train, _device, _network) = (recipe, train, device, network);
        var some = train.Take(Math.Min(3, train.Count));
        var data = new DeviceData(some, some, Augmentation.None, device, recipe.Layout);
        using var pass = data.Read(Enumerable.Range(0, some.Count).ToArray(), draws: null);
        var batch = pass.Take(0, some.Count);
        (_batch, _labels) = (batch[Batch.Input].clone(), batch[Batch.Target].clone());
    }

    /// <summary>Tries the network.</summary>
    /// <param name="recipe">Its memory layout and precision count.</param>
    /// <param name="train">The samples and how many classes there are.</param>
    /// <param name="device">Where is computed.</param>
    /// <param name="network">A network of the file; other numbers are in its buffers afterwards.</param>
    /// <returns>What the user should know, in sentences.</returns>
    /// <exception cref="RecipeException">It can't be trained on the data; the message says what it does, what it has to do, and the remedy.</exception>
    public static IReadOnlyList<string> Try(TrainingRecipe recipe, SampleSet train, Device device, Network network)
    {
        using var check = new ScriptCheck(recipe, train, device, network);
        return check.Run();
    }

    public void Dispose() => _scope.Dispose();

    private RecipeException Refused(string why) => RecipeException.Of(nameof(TrainingRecipe.ModelFile), $"{_recipe.ModelFile!.Path} {why}");

    private IReadOnlyList<string> Run()
    {
        if (_network.Parameters.Count == 0)
        {
            throw Refused($"has nothing to train: no parameter in it takes a gradient. Script the network itself and not one after torch.jit.freeze, in which weights are constants.");
        }

        if (_network.Parameters.FirstOrDefault(static parameter => parameter.dtype != ScalarType.Float32) is { } other)
        {
            throw Refused($"has parameters of type {other.dtype}, and parameters are trained in Float32; call model.float() before scripting it. A precision of bf16 computes in bfloat16 all the same.");
        }

        _ = _network.Weights();
        Evaluate();
        return Train();
    }

    // In evaluation mode a network has to give the same whenever it is asked, and to stay what it is.
    private void Evaluate()
    {
        _network.Eval();
        using var silent = no_grad();
        using (var unchanged = _network.KeepBuffers())
        {
            var first = Output(_batch);
            Require(Network.SameBits(Output(_batch), first) && unchanged.Holds(),
                "in evaluation mode gives other numbers for the same batch, or changes its own buffers: dropout or batch normalisation is fixed to training mode, as torch.jit.trace records it. Use torch.jit.script, which keeps both modes.");
        }

        if (_train.Count > 2)
        {
            _ = Output(_batch.narrow(0, 0, 2));
        }
    }

    private IReadOnlyList<string> Train()
    {
        _network.Train();
        using var before = _network.KeepBuffers();
        var loss = nn.functional.cross_entropy(Output(_batch), _labels);
        try
        {
            loss.backward();
        }
        catch (ExternalException error)
        {
            throw Refused($"can't be trained: its backward pass failed with \"{ScriptError.Reason(error)}\".");
        }

        var reached = _network.Parameters.Any(static parameter => parameter.grad is not null);
        foreach (var parameter in _network.Parameters)
        {
            parameter.grad = null;
        }

        Require(reached, "gives numbers that depend on none of its parameters; look for detach() or no_grad in its code.");
        return _network.State.Any(static entry => entry.Name.EndsWith("running_mean", StringComparison.Ordinal)) && before.Holds()
            ? [$"The batch normalisation in {_recipe.Model} is fixed to evaluation mode, as torch.jit.trace records it, and is trained so; torch.jit.script keeps both modes."]
            : [];
    }

    /// <summary>The logits of a batch, if they are such.</summary>
    private Tensor Output(Tensor batch)
    {
        var (samples, classes) = (batch.size(0), _train.Classes);
        object? output;
        try
        {
            using (_recipe.Precision.Cast(_device))
            {
                output = _network.Call(batch);
            }
        }
        catch (TrainingFailedException error)
        {
            throw Refused($"can't be called with a batch of {samples} samples of {_train.Name}, [{string.Join(", ", batch.shape)}]: {error.Message} It has to take one such batch of any size and give [batch, {classes}].");
        }

        Require(output is Tensor, $"gives {Describe(output)}, and has to give one tensor [batch, {classes}]; wrap it in a module that returns the logits alone.");
        var logits = (Tensor)output!;
        Require(logits.is_floating_point() && logits.shape is [var rows, var columns] && rows == samples && columns == classes,
            $"gives {logits.dtype} [{string.Join(", ", logits.shape)}] for a batch of {samples} samples, and {_train.Name} has {classes} classes: it has to give floats [{samples}, {classes}]. Give its last layer {classes} outputs and write the file anew.");
        return logits;
    }

    private void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw Refused(otherwise);
        }
    }

    private static string Describe(object? output) => output switch
    {
        null => "nothing",
        System.Runtime.CompilerServices.ITuple tuple => $"a tuple of {tuple.Length}",
        System.Collections.ICollection list => $"a list of {list.Count}",
        _ => "a number",
    };
}
