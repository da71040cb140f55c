using Winnow.Plans;
using Winnow.Policies;

namespace Winnow.Training;

/// <summary>Something the theory says about a recipe and a method together that its user should know before the run.</summary>
/// <param name="Topic">A short name of the matter, for programs: <c>rescaling</c>, <c>weight-decay</c>, <c>batch-norm</c>.</param>
/// <param name="Text">What happens, and what can be done.</param>
public sealed record RecipeNote(string Topic, string Text);

/// <summary>What the theory warns of. Schedules follow progress and not steps here, so there is nothing to say of them.</summary>
public static class RecipeNotes
{
    /// <summary>Weight decay from which a note is given: above what the published pruning recipes use with SGD, and where they are with AdamW.</summary>
    private const double StrongSgdDecay = 1e-3, StrongAdamWDecay = 0.05;

    /// <summary>The notes for a method under a recipe: a pure function, which looks at what the method does and not at its name.</summary>
    /// <param name="recipe">A valid recipe.</param>
    /// <param name="method">A spec of the policy catalogue.</param>
    /// <param name="normalises">Whether the model has batch normalisation; null where it is one of the catalogue, of which this is known.</param>
    /// <exception cref="Catalog.MethodSpecException">The spec is wrong.</exception>
    public static IReadOnlyList<RecipeNote> Of(TrainingSettings recipe, string method, bool? normalises = null) => Of(recipe, PolicyCatalog.Parse(method), normalises);

    /// <summary>The notes for a policy under a recipe.</summary>
    public static IReadOnlyList<RecipeNote> Of(TrainingSettings recipe, IPruningPolicy policy, bool? normalises = null)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(policy);
        var habits = PolicyProbe.Of(policy, recipe.Epochs);
        var notes = new List<RecipeNote>();
        if (habits.Rescales && recipe.Normalization == LossNormalization.Batch && recipe.Optimizer == "adamw")
        {
            notes.Add(new("rescaling",
                "with losses divided by the batch this method makes losses larger to make up for fewer steps, and adamw divides that out again: only the weights of the "
                + "samples against each other remain. Divide by the weights, or hold the run against the control whose steps are scaled by the learning rate."));
        }

        if (habits.Prunes && recipe.WeightDecay >= (recipe.Optimizer == "adamw" ? StrongAdamWDecay : StrongSgdDecay))
        {
            notes.Add(new("weight-decay", FormattableString.Invariant(
                $"a weight decay of {recipe.WeightDecay} acts once a step, and a pruned run has fewer steps: over the run the weights decay less than in full epochs. ")
                + "A difference to full data may come from that; the shortened control has the same number of steps and shows it."));
        }

        // The mlp is the one model of the catalogue without batch normalisation.
        if (habits.BiasedAtTheEnd && (normalises ?? (recipe as TrainingRecipe)?.Model != "mlp"))
        {
            notes.Add(new("batch-norm",
                $"this method prunes until the end, so that the running statistics of {(recipe as TrainingRecipe)?.Model ?? "the network"}'s batch normalisation follow the samples it visits and not the data. "
                + "An until below 1, such as until=0.875, ends with full epochs, where the method has that parameter."));
        }

        return notes;
    }
}
