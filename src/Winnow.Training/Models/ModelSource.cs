using TorchSharp;
using Winnow.Data;
using Winnow.Data.Formats;
using Winnow.Networks;
using Winnow.Networks.Shrinking;
using Winnow.Records;
using Winnow.Training.Models.Scripts;
using static TorchSharp.torch;

namespace Winnow.Training.Models;

/// <summary>
/// Where the models of a recipe's runs come from: the catalogue or a TorchScript file, and then maybe weights to begin with. Files are read once, so that all
/// runs begin with the same, whatever becomes of the files meanwhile.
/// </summary>
internal sealed class ModelSource
{
    private readonly TrainingRecipe _recipe;
    private readonly IReadOnlyList<WeightArray>? _weights;

    private ModelSource(TrainingRecipe recipe, ScriptFile? script, IReadOnlyList<WeightArray>? weights, bool shrunk) => (_recipe, Script, _weights, Shrunk) = (recipe, script, weights, shrunk);

    /// <summary>Whether the weights are of a model that was made smaller, so that each model gets as small.</summary>
    public bool Shrunk { get; }

    /// <summary>The TorchScript file; null where the model is one of the catalogue.</summary>
    public ScriptFile? Script { get; }

    /// <summary>Reads the files that the recipe names.</summary>
    /// <exception cref="DataException">One can't be read or is damaged.</exception>
    /// <exception cref="RecipeException">One has changed, or isn't of the kind that it has to be.</exception>
    public static ModelSource Open(TrainingRecipe recipe)
    {
        var shrunk = false;
        return new(
            recipe,
            recipe.ModelFile is { } file ? ScriptFile.Read(file) : null,
            recipe.InitialWeights is { } weights ? weights.Read(stream => WeightsFile.Read(stream, weights.Path, out shrunk)) : null,
            shrunk);
    }

    /// <summary>A new model in a memory order.</summary>
    /// <param name="train">The samples that it is for.</param>
    /// <param name="device">Where it is computed.</param>
    /// <param name="layout">The memory order of its filters.</param>
    /// <param name="seed">Of the first weights.</param>
    /// <exception cref="RecipeException">The model doesn't fit the data or can't be put into that order, or the weights don't fit the model.</exception>
    public Network Create(SampleSet train, Device device, MemoryLayout layout, ulong seed) => Network.Create(() => CreateModule(train, device), layout, _recipe.Model, seed);

    /// <summary>A new module: with the weights of a file where the recipe says so, else drawn.</summary>
    /// <param name="train">The samples that it is for.</param>
    /// <param name="device">Where it is computed.</param>
    /// <exception cref="RecipeException">The model doesn't fit the data, or the weights don't fit the model.</exception>
    public nn.Module CreateModule(SampleSet train, Device device)
    {
        nn.Module module = Script is { } script ? script.Load(device) : FromCatalog(train, device);
        return _weights is null ? module : Put(module, _weights, _recipe.Model, _recipe.InitialWeights!.Path, Shrunk);
    }

    /// <summary>Gives a new module weights; it is disposed of where they don't fit.</summary>
    /// <param name="module">The module.</param>
    /// <param name="weights">All of its state.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="place">Where they are from, for messages.</param>
    /// <param name="shrink">Whether it is made as small as they are.</param>
    /// <exception cref="RecipeException">They are another network's.</exception>
    public static nn.Module Put(nn.Module module, IReadOnlyList<WeightArray> weights, string name, string place, bool shrink)
    {
        try
        {
            if (shrink)
            {
                Shrink(module, weights, place);
            }

            var network = new Network(module);
            network.Load(weights, name, place);
            network.Forget();
            return module;
        }
        catch
        {
            module.Dispose();
            throw;
        }
    }

    /// <summary>Makes a module as small as weights are.</summary>
    /// <exception cref="RecipeException">They are another model's.</exception>
    public static void Shrink(nn.Module module, IReadOnlyList<WeightArray> weights, string place)
    {
        try
        {
            ShrunkNetwork.Resize(module, [.. weights.Select(static weight => new SafetensorsArray(weight.Name, weight.Type, weight.Shape, weight.Bytes))], place);
        }
        catch (NetworkPruningException error)
        {
            throw new RecipeException(error.Message);
        }
    }

    private nn.Module<Tensor, Tensor> FromCatalog(SampleSet train, Device device)
    {
        var shape = train.IsImage
            ? new ModelShape(train.Shape[0], train.Shape[1], train.Shape[2], train.Classes)
            : new ModelShape(train.Shape[0], 1, 1, train.Classes);
        try
        {
            var model = ModelCatalog.Create(_recipe.Model, shape, _recipe.Width);
            model.to(device);
            return model;
        }
        catch (ArgumentException error)
        {
            // The name of the method's parameter, which the runtime appends, means nothing to who wrote the recipe.
            throw new RecipeException(error.Message.Replace($" (Parameter '{error.ParamName}')", "", StringComparison.Ordinal));
        }
    }
}
