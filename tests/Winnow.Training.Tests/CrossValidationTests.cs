namespace Winnow.Training.Tests;

[Collection(TrainingCollection.Name)]
public sealed class CrossValidationTests
{
    private static readonly TrainingRecipe s_recipe = new() { Model = "mlp", Epochs = 2, BatchSize = 16 };

    [Fact]
    public void Every_sample_is_asked_about_once_by_a_network_that_did_not_see_it()
    {
        var data = Small.Images(120);
        var folds = new List<int>();
        var rows = CrossValidation.Probabilities(s_recipe, data, 4, 1, TorchSharp.torch.CPU, fold =>
        {
            folds.Add(fold);
            return [];
        })!;
        Assert.Equal([0, 1, 2, 3], folds);
        for (var i = 0; i < 120; i++)
        {
            Assert.Equal(1, rows.AsSpan(i * data.Train.Classes, data.Train.Classes).ToArray().Sum(), 1e-3f);
        }

        Assert.Equal(rows, CrossValidation.Probabilities(s_recipe, data, 4, 1, TorchSharp.torch.CPU, static _ => []));
        Assert.NotEqual(rows, CrossValidation.Probabilities(s_recipe, data, 4, 2, TorchSharp.torch.CPU, static _ => []));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(7)]
    public void Parts_are_of_equal_size_and_so_are_each_class_in_them(int folds)
    {
        var set = Small.Images(103).Train;
        var parts = CrossValidation.Deal(set, folds, 3);
        Check([.. Enumerable.Range(0, 103)]);
        for (var c = 0; c < set.Classes; c++)
        {
            Check([.. Enumerable.Range(0, 103).Where(i => set.Labels[i] == c)]);
        }

        void Check(int[] ids)
        {
            int[] sizes = [.. Enumerable.Range(0, folds).Select(fold => ids.Count(id => parts[id] == fold))];
            Assert.InRange(sizes.Max() - sizes.Min(), 0, 1);
        }
    }

    [Fact]
    public void It_ends_when_it_is_stopped_and_refuses_parts_that_can_not_be()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Null(CrossValidation.Probabilities(s_recipe, Small.Images(60), 3, 1, TorchSharp.torch.CPU, static _ => [], stop.Token));
        Assert.Throws<RecipeException>(static () => CrossValidation.Probabilities(s_recipe, Small.Images(60), 1, 1, TorchSharp.torch.CPU, static _ => []));
        Assert.Throws<RecipeException>(static () => CrossValidation.Probabilities(s_recipe, Small.Images(60), 61, 1, TorchSharp.torch.CPU, static _ => []));
    }
}
