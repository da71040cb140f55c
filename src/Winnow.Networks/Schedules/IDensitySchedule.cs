namespace Winnow.Networks.Schedules;

/// <summary>
/// How dense a network is at each step of a run: a pure function of the step, the run's length and the density it shall end at. The end is no part of a schedule, so that one schedule serves any.
/// </summary>
public interface IDensitySchedule
{
    /// <summary>Whether weights that were dropped may come back. Where not, the density never rises.</summary>
    bool Regrows { get; }

    /// <summary>What holds before a step.</summary>
    /// <param name="step">How many steps are done, in [0, <paramref name="steps"/>]; steps may be epochs or whole trainings.</param>
    /// <param name="steps">How many steps the run has, at least 1.</param>
    /// <param name="density">The kept share that the run ends with, in (0, 1].</param>
    /// <exception cref="NetworkPruningException">A number is out of range, or the schedule can't reach the density: the message says what it can.</exception>
    PruningStep At(long step, long steps, double density);
}

/// <summary>What holds at a step.</summary>
/// <param name="Density">The kept share, in (0, 1].</param>
/// <param name="IsUpdate">Whether the mask is chosen anew here. Between updates it stays as it is.</param>
/// <param name="Regrow">At an update, the share of the survivors of each layer that is dropped and regrown in the same number elsewhere, in [0, 1); 0 for none.</param>
/// <param name="Rounds">At an update, in how many rounds the mask is chosen, each of which scores anew what the one before left; 1 or more.</param>
public readonly record struct PruningStep(double Density, bool IsUpdate, double Regrow = 0, int Rounds = 1);
