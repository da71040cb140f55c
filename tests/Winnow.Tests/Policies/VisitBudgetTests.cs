using Winnow.Policies;

namespace Winnow.Tests.Policies;

public class VisitBudgetTests
{
    private static EpochContext At(int epoch, int epochs, long planned) => new() { Epoch = epoch, TotalEpochs = epochs, Seed = 1, PlannedVisits = planned };

    [Fact]
    public void Shares_what_the_full_epochs_leave_equally()
    {
        // 10 epochs of 100: save 0.3 leaves 700; epoch 0 and the last two are full, so 400 for seven epochs: 57.14 each.
        var budget = new VisitBudget(0.3, 1, 0.8);
        Assert.Equal(100, budget.Visits(At(0, 10, 0), 100));
        Assert.Equal(57, budget.Visits(At(1, 10, 100), 100));
        Assert.Equal(100, budget.Visits(At(8, 10, 500), 100));
        // The last that prunes gets what is left.
        Assert.Equal(58, budget.Visits(At(7, 10, 442), 100));
    }

    [Fact]
    public void Makes_good_what_came_out_above_or_below()
    {
        var budget = new VisitBudget(0.5, 0, 1);
        Assert.Equal(50, budget.Visits(At(0, 4, 0), 100));
        Assert.Equal(33, budget.Visits(At(1, 4, 100), 100));
        Assert.Equal(60, budget.Visits(At(1, 4, 20), 100));
        Assert.Equal(1, budget.Visits(At(3, 4, 250), 100));
        Assert.Equal(100, budget.Visits(At(3, 4, 3), 100));
    }

    [Fact]
    public void Ends_within_half_a_visit_of_what_was_asked_when_every_epoch_does_as_told()
    {
        foreach (var samples in new[] { 10, 997, 50_000 })
        {
            foreach (var epochs in new[] { 2, 7, 30, 200 })
            {
                foreach (var until in new[] { 0.5, 0.875, 1 })
                {
                    foreach (var save in new[] { 0.05, 0.3, 0.47 })
                    {
                        if (save > VisitBudget.Largest(epochs, 1, until, 0.9))
                        {
                            continue;
                        }

                        var budget = new VisitBudget(save, 1, until);
                        long planned = 0;
                        for (var epoch = 0; epoch < epochs; epoch++)
                        {
                            planned += budget.Visits(At(epoch, epochs, planned), samples);
                        }

                        Assert.InRange(planned - ((1 - save) * samples * epochs), -0.5 - 1e-6, 0.5 + 1e-6);
                    }
                }
            }
        }
    }

    [Fact]
    public void Knows_the_largest_saving()
    {
        Assert.Equal(0.8 * 6 / 8, VisitBudget.Largest(8, 1, 0.875, 0.8), 12);
        Assert.Equal(0.5, VisitBudget.Largest(1, 0, 1, 0.5), 12);
        Assert.Equal(0, VisitBudget.Largest(1, 1, 1, 0.5), 12);
        Assert.Equal(0, VisitBudget.Largest(5, 1, 0, 0.5), 12);
        Assert.Equal(0, new VisitBudget(0.3, 0, 1).Visits(At(0, 3, 0), 0));
    }
}
